import { createHash } from 'node:crypto';

/** The page's whole style. Colours come in pairs that can be read, by light and by dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1f24; --muted: #57606a; --line: #d0d7de; --band: #f6f8fa; --link: #0757b8;
  --good: #17692b; --bad: #b3261e; --warn: #8a4b00; --alarm: #fdf0ef;
  --on-cell: #ffffff; --success: #1a7f37; --failure: #b3261e; --active: #0757b8; --other: #5f6670;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1318; --text: #e6e9ed; --muted: #a3acb8; --line: #39424e; --band: #181e26; --link: #86b9ff;
    --good: #7fd894; --bad: #ff9a91; --warn: #f2b45f; --alarm: #2a1618;
    --on-cell: #0b0f14; --success: #5cc57a; --failure: #ff8a80; --active: #79b0ff; --other: #9aa4b0;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem 1.5rem 3rem; max-width: 84rem; background: var(--page); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 1.8rem 0 .5rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem 1.5rem; } header p { margin: 0; } header nav { flex-basis: 100%; } header ul { margin: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; margin: .4rem 0 0; padding: 0; }
.choice, .chosen { margin-right: .4rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
.banner { margin: 1rem 0 0; padding: .6rem 1rem; border: 1px solid var(--bad); border-left-width: 6px; border-radius: 6px; background: var(--alarm); }
.banner.failed-collectors { border-color: var(--warn); background: var(--band); } .banner.failed-collectors h2 { color: var(--warn); }
.banner h2 { margin: 0; color: var(--bad); font-size: 1.05rem; }
.banner ul { margin: .2rem 0 0; padding: 0; list-style: none; } .banner p { margin: .2rem 0 0; }
.banner li { overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.notice { padding: .5rem 1rem; border-left: 4px solid var(--active); background: var(--band); }
form { display: flex; flex-wrap: wrap; align-items: end; gap: .5rem 1rem; margin-top: 1rem; padding: .7rem 1rem; background: var(--band); border: 1px solid var(--line); border-radius: 6px; }
label { display: block; font-size: .9em; } label.check, summary, .clear { padding: .3rem 0; } label.name { flex: 1 1 12rem; max-width: 24rem; }
input[type=search], select, button { display: block; height: 2.1rem; max-width: 100%; font: inherit; padding: .25rem .5rem; color: var(--text); background: var(--page); border: 1px solid var(--muted); border-radius: 4px; }
input[type=search] { width: 100%; }
button, summary { cursor: pointer; }
.fields { display: flex; flex-wrap: wrap; gap: .5rem 1rem; }
.more { order: 1; } .clear { order: 2; } .more[open] { flex-basis: 100%; }
nav .tiles { gap: .5rem; margin-top: 1rem; }
.tiles a { display: block; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 6px; background: var(--band); color: var(--text); text-decoration: none; }
.tiles a:hover { border-color: var(--link); }
.tiles a.bad { color: var(--bad); border-color: var(--bad); font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: normal; }
thead th { font-weight: 600; white-space: nowrap; border-bottom-width: 2px; }
tbody th { overflow-wrap: anywhere; min-width: 12rem; }
time, .nowrap, .ratio, .region, .failures .state, .targets .state { white-space: nowrap; font-variant-numeric: tabular-nums; }
.age, .place, .muted { color: var(--muted); }
.age, .place { display: block; font-size: .87em; }
.good { color: var(--good); } .bad { color: var(--bad); } .slow { color: var(--warn); font-weight: 600; }
.cause { overflow-wrap: anywhere; min-width: 16rem; } .failures .cause { width: 50%; }
code { font: .8em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.run { display: block; }
.cells { white-space: nowrap; }
.cell { display: inline-block; width: 1.05rem; margin-right: 1px; border-radius: 3px; text-align: center; font: 600 .72rem/1.35rem ui-monospace, monospace; color: var(--on-cell); background: var(--other); }
.cell.success { background: var(--success); } .cell.failure { background: var(--failure); border-radius: 0; } .cell.active { background: var(--active); border-radius: .6rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; padding: 0; margin: .6rem 0; font-size: .9em; }
@media (min-width: 60.01rem) {
  @supports selector(::details-content) {
    .more, .more[open] { order: 0; flex-basis: auto; } .more summary { display: none; }
    .more::details-content { content-visibility: visible; display: block; height: auto; }
  }
}
@media (max-width: 60rem) {
  body { padding: .7rem 1rem 2rem; }
  h2 { margin-top: 1.2rem; }
  header { column-gap: 1rem; } nav ul { column-gap: .9rem; }
  .banner, form, nav .tiles { margin-top: .7rem; } .banner, form { padding: .5rem .8rem; }
  .tiles a { padding: .15rem .55rem; }
  table, tbody { display: block; }
  .cards thead { position: absolute; left: -99rem; }
  .cards tr { display: flex; flex-wrap: wrap; gap: .1rem .8rem; padding: .55rem 0; border-bottom: 1px solid var(--line); }
  .cards th, .cards td { display: block; padding: 0; border: 0; min-width: 0; }
  .cards tbody th { flex: 1 1 60%; font-weight: 600; } .place { font-weight: normal; }
  .cards td:empty { display: none; }
  .cards .cause, .cards .recent, .cards .id, .cards .found { flex: 1 1 100%; width: auto; }
  .cards .state { order: 1; } .cards .cause { order: 2; } .cards .when, .cards .typical, .cards .age-of-data, .cards .id, .cards .found { order: 3; }
  .failures .when { flex-basis: 100%; color: var(--muted); }
  .cards .age { display: inline; } .cards .age::before { content: " · "; } .cards .when { font-size: .92em; } .when .age { white-space: nowrap; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--muted); }
  .entities thead { position: static; display: block; } .entities thead tr { padding: 0; border: 0; }
  .cell { width: .95rem; }
}
`;

/** Nothing may load or run but the style above, and forms lead nowhere but here. */
export const STATUS_PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
