/** Which of two versions is newer: epoch, then letters and digits in turns, `~` before everything. The rule of dpkg, which orders rpm's versions alike. */

export function compareVersions(a: string, b: string, ignoreEpoch = false): -1 | 0 | 1 {
  const [x, y] = [split(a), split(b)];
  if (!ignoreEpoch && x.epoch !== y.epoch) return x.epoch < y.epoch ? -1 : 1;
  return compareParts(x.version, y.version) || compareParts(x.revision, y.revision);
}

function split(text: string) {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text) ?? [];
  const dash = rest.lastIndexOf('-');
  return { epoch: Number(epoch), version: dash < 0 ? rest : rest.slice(0, dash), revision: dash < 0 ? '' : rest.slice(dash + 1) };
}

function compareParts(a: string, b: string): -1 | 0 | 1 {
  const [x, y] = [pieces(a), pieces(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i += 1) {
    const [one = '', other = ''] = [x[i], y[i]];
    const order = i % 2 === 0 ? compareWords(one, other) : Math.sign(Number(one || 0) - Number(other || 0));
    if (order !== 0) return order < 0 ? -1 : 1;
  }
  return 0;
}

/** Not digits, digits, not digits … */
function pieces(text: string): string[] {
  return [...text.matchAll(/(\D*)(\d*)/g)].flatMap(([, word = '', digits = '']) => [word, digits]);
}

function compareWords(a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const order = weight(a[i]) - weight(b[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** `~`, then the end, then letters, then the rest. */
function weight(char: string | undefined): number {
  if (char === '~') return -1;
  if (char === undefined) return 0;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}
