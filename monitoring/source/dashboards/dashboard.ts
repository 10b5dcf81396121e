import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLinkBuilder,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { amongDashboards, TAG } from './links.ts';
import type { PanelBuilder } from './panels.ts';
import { datasource } from './variables.ts';

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Beside the data source, each after those that its query needs. */
  readonly variables: readonly Builder<VariableModel>[];
  readonly links?: readonly DashboardLinkBuilder[];
  /** Panels from left to right, then downwards; the widths of neighbours make 24. */
  readonly rows: readonly { readonly title?: string; readonly panels: readonly PanelBuilder[] }[];
}

/** That of Grafana 11; later ones bring it up to their own. */
const SCHEMA_VERSION = 39;

/** A dashboard of the last day that refreshes every minute. */
export const dashboard = ({ uid, title, description, variables, links = [], rows }: DashboardSpec): Dashboard => {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .links([amongDashboards(), ...links])
    .variables([datasource(), ...variables]);
  for (const row of rows) {
    if (row.title !== undefined) builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const built = builder.build();
  // Where else they would be is behind a button.
  const shownLinks = built.links?.map(({ placement: _placement, ...link }) => link) ?? [];
  // Links to a single panel hold its number.
  const panels = built.panels?.map((panel, index) => ({ ...panel, id: index + 1 })) ?? [];
  return { ...built, schemaVersion: SCHEMA_VERSION, links: shownLinks, panels };
};
