/** Draws docs/demo.svg from a real run of the demo: `npm run picture`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

const COLORS: Readonly<Record<string, string>> = {
  '31': '#e06c75',
  '32': '#98c379',
  '33': '#e5c07b',
  '34': '#61afef',
  '35': '#c678dd',
  '36': '#56b6c2',
  '90': '#7f848e',
};

interface Style {
  readonly color: string | undefined;
  readonly bold: boolean;
}

/** A line of words and escapes → lines of at most `most` columns; the colour goes on, the second and later are set in. */
function wrap(line: string, most: number): string[] {
  const lines: string[] = [''];
  for (const word of line.split(/(?<= )(?! )/)) {
    const now = lines.at(-1) as string;
    if (plainOf(now + word).length <= most) lines[lines.length - 1] = now + word;
    else lines.push(`${' '.repeat(19)}${(now.match(/\u001b\[[\d;]*m/g) ?? []).at(-1) ?? ''}${word}`);
  }
  return lines;
}

/** A terminal's text, colors and bold as escapes → an SVG of it. */
export function drawTerminal(text: string): string {
  const lines = text
    .replace(/\n+$/, '')
    .split('\n')
    .flatMap((line) => wrap(line, 120));
  const columns = Math.max(80, ...lines.map((line) => plainOf(line).length));
  const [width, height] = [Math.ceil(columns * 7.83) + 32, lines.length * 18 + 52];
  const rows = lines.map((line, i) => `<text x="16" y="${54 + i * 18}" xml:space="preserve">${drawLine(line)}</text>`);
  const dots = ['#ff5f56', '#ffbd2e', '#27c93f'].map((fill, i) => `<circle cx="${20 + i * 18}" cy="18" r="5.5" fill="${fill}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>npm start in a terminal</title>
<rect width="100%" height="100%" rx="8" fill="#21252b"/>
${dots.join('')}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#d7dae0">
${rows.join('\n')}
</g>
</svg>
`;
}

function drawLine(line: string): string {
  let style: Style = { color: undefined, bold: false };
  let out = '';
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes !== undefined) style = codes.split(';').reduce(applyCode, style);
    else if (part) out += span(part, style);
  }
  return out;
}

function applyCode(style: Style, code: string): Style {
  if (code === '1') return { ...style, bold: true };
  if (code === '22') return { ...style, bold: false };
  if (code === '2') return { ...style, color: COLORS['90'] };
  if (code in COLORS) return { ...style, color: COLORS[code] };
  return code === '39' ? { ...style, color: undefined } : { color: undefined, bold: false };
}

function span(text: string, { color, bold }: Style): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (!color && !bold) return escaped;
  return `<tspan${color ? ` fill="${color}"` : ''}${bold ? ' font-weight="bold"' : ''}>${escaped}</tspan>`;
}

function plainOf(line: string): string {
  return line.replace(/\u001b\[[\d;]*m/g, '');
}

if (process.argv[1] === import.meta.filename) {
  const run = spawnSync('node', ['bin/brine.js', 'demo', '--once'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1' },
  });
  if (run.status !== 0) throw new Error(`the demo failed: ${run.stderr}`);
  writeFileSync(join(root, 'docs/demo.svg'), drawTerminal(`\u001b[90m$\u001b[39m npm start\n${run.stdout}`));
}
