// What Kubernetes runs in the exporter's container as a probe, where the exporter listens for its own pod only. Arguments: the URL, and
// headers as JSON. A tcp: address is only connected to.
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { connect } from 'node:net';

const end = (code, text) => {
  process.stdout.write(text);
  process.exit(code);
};
const url = new URL(process.argv[1]);
const hostname = url.hostname.replace(/^\[|\]$/g, '');

if (url.protocol === 'tcp:') {
  connect({ host: hostname, port: Number(url.port) })
    .once('connect', () => end(0, 'listens\n'))
    .once('error', error => end(1, `${error.message}\n`));
} else {
  const request = url.protocol === 'https:' ? overHttps : overHttp;
  // The certificate is not checked, as Kubernetes' own probes do not.
  request(url, { headers: JSON.parse(process.argv[2] ?? '{}'), rejectUnauthorized: false })
    .once('response', ({ statusCode }) => end(statusCode === 200 ? 0 : 1, `${statusCode}\n`))
    .once('error', error => end(1, `${error.message}\n`))
    .end();
}
