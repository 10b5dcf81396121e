import { describe, expect, it } from 'vitest';
import { formatFor } from '../../src/web/accept.ts';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const WITH_PROTOBUF = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,${PROMETHEUS_3}`;
const FIREFOX = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('the format of a scrape', () => {
  it.each([
    ['Prometheus 2', PROMETHEUS_2],
    ['Prometheus 3', PROMETHEUS_3],
    ['Prometheus with native histograms', WITH_PROTOBUF],
    ['a client of OpenMetrics', 'application/openmetrics-text'],
    [
      'one that writes as it likes',
      ' Application/OpenMetrics-Text ; Version="1.0.0" ; charset=utf-8 , text/plain;q=0.9 ',
    ],
    ['one that prefers it', 'text/plain;q=0.4, application/openmetrics-text;q=0.5'],
    ['one that takes either and names it first', 'application/openmetrics-text, text/plain'],
    ['one that names it', '*/*, application/openmetrics-text'],
    ['one that takes anything else', 'text/plain;q=0, */*'],
    ['one that takes its type', 'application/*'],
  ])('is OpenMetrics for %s', (_who, accept) => {
    expect(formatFor(accept)).toBe('openmetrics');
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['anything', '*/*'],
    ['a browser', FIREFOX],
    ['text', 'text/plain'],
    ['any text', 'text/*'],
    ['what we do not have', 'application/json'],
    ['another version of OpenMetrics', 'application/openmetrics-text;version=0.0.1'],
    ['a version to come, and anything', 'application/openmetrics-text;version=2.0.0, */*;q=0.1'],
    ['who does not take OpenMetrics', 'application/openmetrics-text;q=0, */*;q=0.1'],
    [
      'who does not take this version',
      'application/openmetrics-text;version=1.0.0;q=0, application/openmetrics-text, */*;q=0.1',
    ],
    ['who prefers text', 'text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.9'],
    ['who takes either and names text first', 'text/plain, application/openmetrics-text'],
    ['who refuses everything', '*/*;q=0'],
    ['a preference that is no number', 'application/openmetrics-text;q=much, text/plain;q=0.1'],
    ['a preference beyond 1', 'application/openmetrics-text;q=2, text/plain;q=0.1'],
    ['rubbish', ';;,=,q=1;;/'],
  ])('is text 0.0.4 for %s', (_who, accept) => {
    expect(formatFor(accept)).toBe('text');
  });
});
