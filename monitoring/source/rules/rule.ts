/** Whom it should reach: critical wakes somebody, warning waits for the morning, info for whoever looks. */
export type Severity = 'critical' | 'warning' | 'info';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly severity: Severity;
  /** One line with the name of what it is about. */
  readonly summary: string;
  /** What has happened, to what, and what that means. */
  readonly description: string;
}

export interface Recording {
  readonly record: string;
  readonly expr: string;
}

export interface Group {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (Alert | Recording)[];
}

/** The rules of one file. */
export interface RuleFile {
  readonly name: string;
  /** Whether it is loaded only by those who ask for it. */
  readonly isOptional?: true;
  readonly groups: readonly Group[];
}

export const isAlert = (rule: Alert | Recording): rule is Alert => 'alert' in rule;

/** An expression over several lines, without the indentation of the source; one that is put into it is indented as its first line. */
export const promql = (strings: TemplateStringsArray, ...values: readonly string[]): string => {
  let text = strings[0] ?? '';
  for (const [index, value] of values.entries()) {
    const indent = /(?:^|\n)([ ]*)[^\n]*$/.exec(text)?.[1] ?? '';
    text += value.replaceAll('\n', `\n${indent}`) + (strings[index + 1] ?? '');
  }
  const lines = text.replace(/^\n/, '').trimEnd().split('\n');
  const indent = Math.min(...lines.map(line => line.length - line.trimStart().length));
  return lines.map(line => line.slice(indent)).join('\n');
};

/** Where an alert says that its entity is. */
export const PLACE = 'account {{ $labels.aws_account_id }}, {{ $labels.aws_region }}';
