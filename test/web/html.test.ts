import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../src/web/html.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('<', '>', '&', '"', "'", '`', '=', '/', ';', '#', 'lt', 'script', ' ', '\n', '\\'),
  }),
);

const readable = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('a template', () => {
  it('escapes texts', () => {
    expect(html`<p title="${'"x"'}">${"<b>&'</b>"}</p>`.markup).toBe(
      '<p title="&quot;x&quot;">&lt;b&gt;&amp;&#39;&lt;/b&gt;</p>',
    );
  });

  it('escapes what is escaped already, once more', () => {
    expect(html`${'&lt;'}`.markup).toBe('&amp;lt;');
  });

  it('takes markup and lists of it as they are', () => {
    const items = ['<', '>'].map(text => html`<li>${text}</li>`);
    expect(html`<ul>${items}</ul>${html`<hr>`}${5}`.markup).toBe('<ul><li>&lt;</li><li>&gt;</li></ul><hr>5');
  });

  it('keeps backslashes and dollars of texts', () => {
    expect(html`${'\\n$&$1'}`.markup).toBe('\\n$&amp;$1');
  });

  it('lets no text become markup, and loses none of it', () => {
    fc.assert(
      fc.property(hostile, text => {
        const { markup } = html`${text}`;
        expect(markup).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
        expect(readable(markup)).toBe(text);
      }),
    );
  });
});
