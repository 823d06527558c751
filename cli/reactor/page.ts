/** A report as one HTML page, without anything from elsewhere. What a host wrote is escaped: autoescape is on. */
import nunjucks from 'nunjucks';
import { EXPLAIN } from './explain-page.ts';
import { TEST } from './test-page.ts';

/** Light and dark, wide and narrow; a colour never says a thing alone. */
const STYLE = `
:root{color-scheme:light dark;--bg:#fbfbf9;--card:#fff;--ink:#1c1f23;--soft:#5b636d;--line:#dcdfe3;--code:#f3f4f2;--yes:#0b6b34;--yes-bg:#e4f3e9;--no:#9c1c1c;--no-bg:#fbe9e8;--maybe:#7a5200;--maybe-bg:#fbf1d9;--accent:#1c4f8f}
@media (prefers-color-scheme:dark){:root{--bg:#15181b;--card:#1d2125;--ink:#e6e8ea;--soft:#a2abb5;--line:#343a41;--code:#171a1d;--yes:#7fd49d;--yes-bg:#17341f;--no:#f3a3a0;--no-bg:#3d1d1d;--maybe:#e9c46a;--maybe-bg:#3a2f12;--accent:#8ab4f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.5rem;line-height:1.25;margin:.2rem 0 .6rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.2rem 0 .7rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .5rem;overflow-wrap:anywhere}
p{margin:.4rem 0}.soft,small{color:var(--soft)}.eyebrow{color:var(--soft);font-size:.85rem;margin:0}
a{color:var(--accent)}nav a{margin-right:1rem}nav{font-size:.95rem}
code,pre{font:.86rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{overflow-wrap:anywhere}
pre{background:var(--code);border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;margin:.5rem 0;overflow-x:auto}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;margin:.8rem 0}
.tag{display:inline-block;background:var(--code);border-radius:999px;padding:.05rem .6rem;font-size:.82rem;font-weight:600;white-space:nowrap}
.yes{color:var(--yes)}.no{color:var(--no)}.maybe{color:var(--maybe)}
.tag.yes{background:var(--yes-bg)}.tag.no{background:var(--no-bg)}.tag.maybe{background:var(--maybe-bg)}
.row{display:grid;grid-template-columns:7.5rem 1fr;gap:.2rem .9rem;padding:.5rem 0;border-top:1px solid var(--line)}
.row:first-child{border-top:0}.row>div{min-width:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.4rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table.src{border-collapse:collapse;width:100%;font:.84rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px;background:var(--code)}
.src td{padding:0 .6rem;white-space:pre;vertical-align:top}.src .n{color:var(--soft);text-align:right;width:1%;user-select:none}.src .s{width:1%;padding:0 .2rem;text-align:center;user-select:none}
.src tr.ran td{background:var(--yes-bg)}.src tr.skipped td.t{color:var(--soft)}.src tr.never td{background:var(--no-bg)}
.src .w{color:var(--soft);font-style:italic;white-space:nowrap}
details{margin:.4rem 0}summary{cursor:pointer;padding:.25rem 0}summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
ul.terms{margin:.2rem 0 0;padding:0;list-style:none}.terms li{overflow-wrap:anywhere}
.diff .minus{color:var(--no)}.diff .plus{color:var(--yes)}
.bar{height:.6rem;border-radius:999px;background:var(--no-bg);overflow:hidden;max-width:22rem}.bar i{display:block;height:100%;background:var(--yes)}
@media (max-width:36rem){main{padding:1rem .8rem 3rem}.row{grid-template-columns:1fr}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}h1{font-size:1.25rem}}
@media print{body{background:#fff}.card{break-inside:avoid}}`.replace(/\n/g, '');

const TEMPLATES = { explain: EXPLAIN, test: TEST } as const;

export function page(name: keyof typeof TEMPLATES, report: object, title: string): string {
  const environment = new nunjucks.Environment(null, { autoescape: true, throwOnUndefined: false });
  const body = environment.renderString(TEMPLATES[name], report);
  const head = environment.renderString('<title>{{ title }}</title>', { title });
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${head}<style>${STYLE}</style></head><body><main>${body}</main></body></html>\n`;
}
