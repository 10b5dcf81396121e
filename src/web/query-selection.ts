import type { RequestHandler } from 'express';

/** What other exporters select metrics with in the URL of a scrape. */
const SELECTING = ['collect[]', 'name[]', 'exclude[]'];

/** Refuses scrapes that want to select metrics by the URL: all of them would be taken for the few that were wanted. */
export const refuseSelection: RequestHandler = (request, response, next) => {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  const parameter = SELECTING.find(name => query.has(name));
  if (parameter === undefined) return next();
  const text = `${parameter} is not supported: every scrape gets all metrics.
Select metrics in the configuration file instead (metrics: include, exclude, preset: lean; collectors),
or in Prometheus with metric_relabel_configs.
`;
  response.status(400).set('X-Content-Type-Options', 'nosniff').type('text/plain').send(text);
};
