/** The text formats that a scrape can have. */
export const FORMATS = ['text', 'openmetrics'] as const;
export type Format = (typeof FORMATS)[number];

/** Text format 0.0.4 and OpenMetrics 1.0, as they are announced. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What a scrape asks for. */
export interface ScrapeForm {
  readonly format: Format;
  readonly gzip: boolean;
}
