// What `helm test` runs in the exporter's image: asks each address for the health and the metrics of the exporter there, for as long as
// it takes to start. ROUTE_PREFIX, TELEMETRY_PATH and HEADERS (JSON) are as the chart's values say; a tcp: address is only connected to.
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = Number(process.env.PATIENCE_SECONDS ?? 60) * 1000;
const TIMEOUT_MS = 10_000;

const get = url =>
  new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? overHttps : overHttp;
    // The certificate is not checked, as Kubernetes' probes do not: it is made for those who scrape.
    const options = {
      headers: JSON.parse(process.env.HEADERS ?? '{}'),
      timeout: TIMEOUT_MS,
      rejectUnauthorized: false,
    };
    const sent = request(url, options, async answer => {
      try {
        let text = '';
        for await (const part of answer.setEncoding('utf8')) text += part;
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${answer.statusCode} ${text.slice(0, 200).trim()}`));
      } catch (error) {
        reject(error);
      }
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer'))).once('error', reject);
    sent.end();
  });

const listens = ({ hostname, port }) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port, timeout: TIMEOUT_MS });
    socket.once('connect', () => resolve(socket.destroy()));
    socket.once('timeout', () => socket.destroy(new Error('no answer'))).once('error', reject);
  });

const check = async address => {
  const url = new URL(address);
  if (url.protocol === 'tcp:') {
    await listens(url);
    return 'accepts connections; health and metrics were not checked';
  }
  const prefix = process.env.ROUTE_PREFIX ?? '';
  await get(new URL(`${prefix}/-/healthy`, url));
  const metrics = await get(new URL(`${prefix}${process.env.TELEMETRY_PATH ?? '/metrics'}`, url));
  if (!/^aws_glue_exporter_build_info\{/m.test(metrics))
    throw new Error('its metrics are not those of aws-glue-exporter');
  return `is healthy and exposes ${metrics.match(/^[^#\n]/gm).length} series`;
};

const checkPatiently = async (address, deadline) => {
  for (;;) {
    try {
      process.stdout.write(`${address} ${await check(address)}\n`);
      return true;
    } catch (error) {
      if (Date.now() > deadline) {
        process.stdout.write(`${address} failed: ${error.message || error.code}\n`);
        return false;
      }
      await pause(1000);
    }
  }
};

const deadline = Date.now() + PATIENCE_MS;
const results = await Promise.all(process.argv.slice(1).map(address => checkPatiently(address, deadline)));
process.exitCode = results.length > 0 && results.every(Boolean) ? 0 : 1;
