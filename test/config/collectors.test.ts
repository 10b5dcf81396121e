import { describe, expect, it } from 'vitest';
import type { KnownNames } from '../../src/config/config.ts';
import { ConfigError, parseConfig } from '../../src/config/load.ts';
import { renderConfig } from '../../src/config/render.ts';

const known: KnownNames = {
  collectors: [
    {
      name: 'boats',
      isDefault: true,
      hasFilter: true,
      tagFilter: false,
      families: ['boats_total'],
      lean: [],
      labels: ['boat_name', 'colour'],
    },
    {
      name: 'trains',
      isDefault: false,
      hasFilter: true,
      tagFilter: false,
      families: ['trains_total'],
      lean: [],
      labels: ['train_name', 'gauge'],
    },
  ],
  labels: new Set(['job']),
};

/** A collector whose only entity is the account. */
const weather = {
  name: 'weather',
  isDefault: true,
  hasFilter: false,
  tagFilter: false,
  families: ['weather_total'],
  lean: [],
  labels: ['sky'],
};
const withWeather: KnownNames = { ...known, collectors: [...known.collectors, weather] };

const collectorsOf = (text: string): readonly string[] => parseConfig(text, 'config.yaml', known).collectors;

const messagesOf = (text: string, names = known): string[] => {
  try {
    parseConfig(text, 'config.yaml', names);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
  return [];
};

describe('collectors', () => {
  it('are those on by default where none are named', () => {
    expect(collectorsOf('')).toEqual(['boats']);
  });

  it('are those that are named, in the order of the file', () => {
    expect(collectorsOf('collectors: [trains]')).toEqual(['trains']);
    expect(collectorsOf('collectors: [trains, boats]')).toEqual(['trains', 'boats']);
  });

  it('are all with [all]', () => {
    expect(collectorsOf('collectors: [all]')).toEqual(['boats', 'trains']);
  });

  it('are shown by name, also for [all]', () => {
    const config = parseConfig('collectors: [all]', 'config.yaml', known);
    expect(renderConfig(config)).toContain('collectors:\n  - boats\n  - trains\n');
    expect(parseConfig(renderConfig(config), 'config.yaml', known)).toEqual(config);
  });

  it('cannot name others next to all', () => {
    expect(messagesOf('collectors:\n  - trains\n  - all\n  - 1\n  - all')).toEqual([
      'config.yaml:2: collectors[0]: is already included in all; remove one of the two',
      'config.yaml:4: collectors[2]: is 1, but must be one of: boats, trains, all',
      'config.yaml:5: collectors[3]: "all" is there twice; remove one',
    ]);
  });
});

describe('constant labels', () => {
  const labels = 'targets:\n  - region: eu-west-1\n    labels:\n      colour: red\n      gauge: narrow';
  const colour = 'config.yaml:4: targets[0].labels.colour: is a label of the collector boats; choose another name';
  const gauge = 'config.yaml:5: targets[0].labels.gauge: is a label of the collector trains; choose another name';

  it('must not be called as those of a collector in use', () => {
    expect(messagesOf(labels)).toEqual([colour]);
    expect(messagesOf(`${labels}\ncollectors: [trains]`)).toEqual([gauge]);
    expect(messagesOf(`${labels}\ncollectors: [all]`)).toEqual([colour, gauge]);
    expect(messagesOf('defaults: { labels: { boat_name: x } }')).toEqual([
      'config.yaml:1: defaults.labels.boat_name: is a label of the collector boats; choose another name',
    ]);
  });

  it('must not be called as a general label, whatever is collected', () => {
    const message =
      'config.yaml:1: defaults.labels.job: is a label that the exporter or Prometheus sets; choose another name';
    expect(messagesOf('defaults: { labels: { job: x } }')).toEqual([message]);
    expect(messagesOf('defaults: { labels: { job: x } }\ncollectors: [trains]')).toEqual([message]);
  });
});

describe('a collector of the account as a whole', () => {
  it('has no filter', () => {
    for (const section of ['defaults:', 'targets:\n  -']) {
      const [message] = messagesOf(`${section} { weather: { include: [a] }, region: eu-west-1 }`, withWeather);
      expect(message).toContain('weather: is not known here; use one of: ');
    }
  });

  it('is shown without one', () => {
    const config = parseConfig('', 'config.yaml', withWeather);
    expect(config.collectors).toEqual(['boats', 'weather']);
    expect(parseConfig(renderConfig(config), 'config.yaml', withWeather)).toEqual(config);
  });
});

describe('what names a collector that is not in use', () => {
  it('can be filters and patterns of metrics', () => {
    expect(messagesOf('defaults: { trains: { include: [a] } }\nmetrics: { include: [boats, trains] }')).toEqual([]);
  });

  it('must not be all the metrics that are selected', () => {
    expect(messagesOf('metrics: { include: [trains] }')).toEqual([
      'config.yaml:1: metrics: leaves no metric of what is collected; include more or exclude less',
    ]);
    expect(messagesOf('metrics: { include: [trains] }\ncollectors: [all]')).toEqual([]);
  });
});
