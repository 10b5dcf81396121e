const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup that is safe to send as it is. */
export interface Html {
  readonly markup: string;
}

type Content = Html | string | number | readonly Html[];

/** A template whose values are escaped unless they are markup themselves. */
export const html = (strings: TemplateStringsArray, ...values: readonly Content[]): Html => ({
  markup: String.raw({ raw: strings }, ...values.map(render)),
});

const render = (content: Content): string => {
  if (typeof content === 'string') return content.replace(/[&<>"']/g, character => ENTITIES[character] ?? character);
  if (typeof content === 'number') return `${content}`;
  return 'markup' in content ? content.markup : content.map(({ markup }) => markup).join('');
};
