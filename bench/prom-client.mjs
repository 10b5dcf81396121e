// The same series as prom-client gauges and counters in express, as most exporters in Node do it.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import express from 'express';
import { Counter, Gauge, Registry } from 'prom-client';

const [folder] = process.argv.slice(2);
const registry = new Registry();
const compress = promisify(gzip);

const help = new Map();
const type = new Map();
const metrics = new Map();
for await (const line of createInterface({ input: createReadStream(`${folder}/plain`) })) {
  const [, what, family, text] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
  if (what !== undefined) {
    (what === 'HELP' ? help : type).set(family, text);
    continue;
  }
  const [, name, labelText, value] = /^(aws_glue_(?!exporter)\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
  if (name === undefined) continue;
  const labels = Object.fromEntries(
    [...labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]),
  );
  if (!metrics.has(name)) {
    const Metric = type.get(name) === 'counter' ? Counter : Gauge;
    metrics.set(
      name,
      new Metric({ name, help: help.get(name), labelNames: Object.keys(labels), registers: [registry] }),
    );
  }
  metrics.get(name).inc(labels, Number(value));
}

const app = express();
const renderMs = [];
app.get('/metrics', async (request, response) => {
  const startedAt = performance.now();
  const text = await registry.metrics();
  renderMs.push(performance.now() - startedAt);
  response.set('Content-Type', registry.contentType);
  if (request.acceptsEncodings('gzip', 'identity') !== 'gzip') return response.send(text);
  response.set('Content-Encoding', 'gzip').send(await compress(text));
});
const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
app.get('/render-ms', (_request, response) => response.send(`${median(renderMs)}`));
const server = app.listen(0, '127.0.0.1', () =>
  process.send({ endpoint: `http://127.0.0.1:${server.address().port}` }),
);
