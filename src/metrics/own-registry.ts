import { createYield } from '../yield.ts';
import type { FamilyHeader } from './family.ts';
import type { Format } from './format.ts';
import {
  createOwnCounter,
  createOwnGauge,
  type OwnCounter,
  type OwnFamily,
  type OwnGauge,
  type TargetLabels,
} from './own-family.ts';
import { deflated, type Piece } from './piece.ts';
import { renderLabels } from './text.ts';

/** The exporter's own families, and the labels of the targets that their series are about. */
export const createOwnRegistry = (prefix: string) => {
  const headers: FamilyHeader[] = [];
  const families: OwnFamily[] = [];
  /** Labels of targets whose account is known, by account and region. */
  const targets = new Map<string, TargetLabels>();

  const headerOf = (
    type: FamilyHeader['type'],
    name: string,
    labelNames: readonly string[],
    help: string,
    description: string | undefined,
  ): FamilyHeader => {
    const unit = name.endsWith('_seconds') ? ({ unit: 'seconds' } as const) : {};
    const more = description === undefined ? {} : { description };
    const header = { name: prefix + name, help, ...more, type, labelNames, ...unit };
    headers.push(header);
    return header;
  };
  const keyOf = ({ aws_account_id, aws_region }: TargetLabels): string => `${aws_account_id}/${aws_region}`;

  return {
    headers: headers as readonly FamilyHeader[],
    gauge<Names extends readonly string[]>(
      name: string,
      labelNames: Names,
      help: string,
      description?: string,
    ): OwnGauge<Names[number]> {
      const made = createOwnGauge<Names[number]>(headerOf('gauge', name, labelNames, help, description));
      families.push(made);
      return made;
    },
    counter<Names extends readonly string[]>(
      name: string,
      labelNames: Names,
      help: string,
      description?: string,
    ): OwnCounter<Names[number]> {
      const made = createOwnCounter<Names[number]>(headerOf('counter', name, labelNames, help, description));
      families.push(made);
      return made;
    },
    /** All series, the same pieces until something in them changes. */
    pieces(format: Format): readonly Piece[] {
      const pieces: Piece[] = [];
      for (const family of families) {
        const samples = family.samples();
        if (samples.length > 0) pieces.push(family.header(format), ...samples);
      }
      return pieces;
    },
    /** Renders and compresses what has changed, so that a scrape finds it done. */
    async prepare(): Promise<void> {
      const yieldIfDue = createYield();
      for (const family of families) {
        for (const piece of family.samples()) deflated(piece);
        await yieldIfDue();
      }
    },
    /** The labels that the series of a target have now, by its account and region. */
    targetOf: (labels: TargetLabels): TargetLabels => targets.get(keyOf(labels)) ?? labels,
    /** Sets the labels of the target of an account and region. What it has counted so far moves to them. */
    label(labels: TargetLabels): void {
      const { aws_account_id, aws_region } = labels;
      const before = targets.get(keyOf(labels)) ?? { aws_account_id, aws_region };
      targets.set(keyOf(labels), labels);
      if (renderLabels(before) === renderLabels(labels)) return;
      for (const family of families) family.relabel(before, labels);
    },
  };
};
