import { parser } from '@prometheus-io/lezer-promql';

/** A selector in an expression. */
export interface Selector {
  /** The name of the metric or recorded series; empty when the selector has none. */
  readonly metric: string;
  /** The labels that its matchers name. */
  readonly labels: readonly string[];
}

/** The names that an expression uses. */
export interface PromqlNames {
  readonly selectors: readonly Selector[];
  /** Labels in by, without, on, ignoring, group_left and group_right. */
  readonly grouping: readonly string[];
  /** Labels that label_replace, label_join and count_values make. */
  readonly made: readonly string[];
}

type Node = ReturnType<typeof parser.parse>['topNode'];

const MAKERS = ['label_replace', 'label_join', 'count_values'];

/** Reads the names in an expression of PromQL; throws when it is none. Variables of Grafana must be replaced before. */
export const promqlNames = (expr: string): PromqlNames => {
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  const made: string[] = [];
  const textOf = ({ from, to }: { readonly from: number; readonly to: number }): string => expr.slice(from, to);
  const labelsIn = (node: Node): readonly string[] => node.getChildren('LabelName').map(textOf);

  const readSelector = (node: Node): Selector => {
    const name = node.getChild('Identifier');
    const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
    return { metric: name === null ? '' : textOf(name), labels: matchers.flatMap(labelsIn) };
  };
  /** The first text among the arguments is the label that is made. */
  const readMade = (node: Node): readonly string[] => {
    const name = node.getChild('FunctionIdentifier') ?? node.getChild('AggregateOp');
    const label = node.getChild('FunctionCallBody')?.getChild('StringLiteral');
    if (!name || !label || !MAKERS.includes(textOf(name))) return [];
    return [textOf(label).slice(1, -1)];
  };

  parser.parse(expr).iterate({
    enter({ node, type }) {
      if (type.isError) throw new Error(`no PromQL at ${JSON.stringify(expr.slice(node.from))} of ${expr}`);
      if (type.name === 'VectorSelector') selectors.push(readSelector(node));
      if (type.name === 'GroupingLabels') grouping.push(...labelsIn(node));
      made.push(...readMade(node));
    },
  });
  return { selectors, grouping, made };
};
