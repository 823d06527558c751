/** A report as one HTML page, without anything from elsewhere. What a host wrote is escaped: autoescape is on. */
import nunjucks from 'nunjucks';

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}code,pre{font:13px/1.5 ui-monospace,monospace}pre{background:#f4f4f4;padding:.7rem 1rem;overflow:auto;border-radius:4px}.yes{color:#0a6e31}.no{color:#8a1c1c}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}';

const TEMPLATES = {
  explain: `<h1>{{ event.tag }}</h1><pre>{{ event.data }}</pre>
<h2>Entries</h2><table><tr><th></th><th>glob</th><th>where</th><th>why</th></tr>{% for one in entries %}<tr><td class="{{ 'yes' if one.why === null else 'no' }}">{{ '✓' if one.why === null else '–' }}</td><td><code>{{ one.glob }}</code></td><td>{{ one.where }}</td><td>{{ one.why if one.why !== null else one.files | join(', ') }}</td></tr>{% endfor %}</table>
<h2>Branches</h2><table>{% for one in branches %}<tr><td><code>{{ one.file }}:{{ one.line }}</code></td><td>{{ one.what }}</td></tr>{% else %}<tr><td>none</td></tr>{% endfor %}</table>
<h2>Reactions</h2>{% for one in reactions %}<h3>{{ one.id }} <small>{{ one.where }}</small></h3><pre>{{ one.call }}</pre><table>{% for host in one.hosts %}<tr><td class="{{ 'yes' if host.meant === true else 'no' }}">{{ '✓' if host.meant === true else '–' }} {{ host.id }}</td><td>{% for term in host.terms %}<code>{{ term.term }}</code> {{ term.answer }}{{ ', ' if not loop.last }}{% endfor %}</td></tr>{% endfor %}</table>{% else %}<p>none</p>{% endfor %}
{% if problems.length %}<h2>Problems</h2>{% for one in problems %}<pre class="no">{{ one }}</pre>{% endfor %}{% endif %}`,
  test: `<h1>{{ passed }} of {{ cases.length }} tests passed</h1>
<table>{% for one in cases %}<tr><td class="{{ 'no' if one.diff else 'yes' }}">{{ '✗' if one.diff else '✓' }}</td><td>{{ one.file }}</td><td>{{ one.name }}{% if one.diff %}<pre>{{ one.diff }}</pre>{% endif %}</td></tr>{% endfor %}</table>
<h2>Branches</h2><table>{% for one in coverage %}<tr><td><code>{{ one.file }}:{{ one.line }}</code></td><td class="{{ 'yes' if one.missing.length === 0 else 'no' }}">{{ 'both ways' if one.missing.length === 0 else 'never: ' + one.missing | join(', ') }}</td></tr>{% endfor %}</table>`,
} as const;

export function page(name: keyof typeof TEMPLATES, report: object): string {
  const environment = new nunjucks.Environment(null, { autoescape: true, throwOnUndefined: false });
  const body = environment.renderString(TEMPLATES[name], report);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>brine reactor ${name}</title><style>${STYLE}</style></head><body>${body}</body></html>\n`;
}
