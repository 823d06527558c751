/** The page of `brine reactor test --html`, as a nunjucks template. */
export const TEST = `
<p class="eyebrow">brine reactor test</p>
<h1>{{ passed }} of {{ total }} tests passed</h1>
<p>{{ waysTaken }} of {{ ways }} branches taken</p><div class="bar" role="img" aria-label="{{ percent }} % of the branches were taken"><i style="width:{{ percent }}%"></i></div>
{% for project in projects %}
{% if projects.length > 1 %}<h2><code>{{ project.name }}</code></h2>{% endif %}
<h2>Tests</h2>
<div class="card">{% for one in project.cases %}<div class="row"><div>{% if one.diff %}<span class="tag no">✗ failed</span>{% else %}<span class="tag yes">✓ passed</span>{% endif %}</div><div>{{ one.name }} <small>{{ one.file }}{{ ':' + one.line if one.line }}</small>{% if one.diff %}<pre class="diff">{% for line in one.lines %}<span class="{{ line.kind }}">{{ line.text }}</span>
{% endfor %}</pre>{% endif %}</div></div>{% endfor %}</div>
<h2>Branches</h2>
{% for one in project.files %}<details {{ 'open' if one.missing }}><summary><code>{{ one.file }}</code> {% if one.missing %}<span class="tag no">{{ one.missing }} never taken</span>{% elif one.ways %}<span class="tag yes">all {{ one.ways }} taken</span>{% else %}<span class="tag">{{ 'no branches' if one.runs else 'never ran' }}</span>{% endif %}</summary><div class="scroll" tabindex="0" role="region" aria-label="{{ one.file }}"><table class="src"><tbody>{% for line in one.lines %}<tr class="{{ line.state }}"><td class="n">{{ line.number }}</td><td class="s">{% if line.state === 'ran' %}<span aria-label="ran">●</span>{% elif line.state === 'never' %}<span aria-label="never ran">✗</span>{% endif %}</td><td class="t">{{ line.text }}{% if line.note %}  <span class="w">← {{ line.note }}</span>{% endif %}</td></tr>{% endfor %}</tbody></table></div></details>{% endfor %}
{% endfor %}`;
