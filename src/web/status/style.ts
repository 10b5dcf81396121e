import { createHash } from 'node:crypto';

/** The page's whole style. Colours come in pairs that can be read, by light and by dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1f24; --muted: #57606a; --line: #d0d7de; --band: #f6f8fa; --link: #0757b8;
  --good: #17692b; --bad: #b3261e; --warn: #8a4b00;
  --on-cell: #ffffff; --success: #1a7f37; --failure: #b3261e; --active: #0757b8; --other: #5f6670;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1318; --text: #e6e9ed; --muted: #a3acb8; --line: #39424e; --band: #181e26; --link: #86b9ff;
    --good: #7fd894; --bad: #ff9a91; --warn: #f2b45f;
    --on-cell: #0b0f14; --success: #5cc57a; --failure: #ff8a80; --active: #79b0ff; --other: #9aa4b0;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem 1.5rem 3rem; max-width: 84rem; background: var(--page); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
header p { margin: .2rem 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; margin: .4rem 0 0; padding: 0; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: normal; }
thead th { font-weight: 600; white-space: nowrap; border-bottom-width: 2px; }
tbody th { overflow-wrap: anywhere; min-width: 14rem; }
time, .nowrap { white-space: nowrap; font-variant-numeric: tabular-nums; }
.age, .place, .muted { color: var(--muted); }
.age, .place { display: block; font-size: .87em; }
.good { color: var(--good); } .bad { color: var(--bad); } .slow { color: var(--warn); font-weight: 600; }
.error { overflow-wrap: anywhere; min-width: 16rem; }
code { font: .8em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.run { display: block; }
.cells { white-space: nowrap; }
.cell { display: inline-block; width: 1.05rem; margin-right: 1px; border-radius: 3px; text-align: center; font: 600 .72rem/1.35rem ui-monospace, monospace; color: var(--on-cell); background: var(--other); }
.cell.success { background: var(--success); } .cell.failure { background: var(--failure); border-radius: 0; } .cell.active { background: var(--active); border-radius: .6rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; padding: 0; margin: .6rem 0; font-size: .9em; }
form { display: flex; flex-wrap: wrap; align-items: end; gap: .6rem 1rem; margin-top: 1.5rem; padding: .8rem 1rem; background: var(--band); border: 1px solid var(--line); border-radius: 6px; }
label { display: block; font-size: .9em; } label.check { padding-bottom: .3rem; }
input[type=search], select, button { display: block; height: 2.1rem; font: inherit; padding: .25rem .5rem; color: var(--text); background: var(--page); border: 1px solid var(--muted); border-radius: 4px; }
input[type=search] { width: 20rem; max-width: 100%; }
button { cursor: pointer; }
.notice { padding: .5rem 1rem; border-left: 4px solid var(--active); background: var(--band); }
`;

/** Nothing may load or run but the style above, and forms lead nowhere but here. */
export const STATUS_PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
