/** Every statement and expression of a template, from the outside in. */
interface AnyNode {
  readonly k: string;
}

export function walk(node: unknown, visit: (node: AnyNode) => void): void {
  if (Array.isArray(node)) for (const item of node) walk(item, visit);
  else if (typeof node === 'object' && node !== null) {
    if ('k' in node && typeof node.k === 'string') visit(node as AnyNode);
    if ('k' in node && node.k === 'const') return;
    for (const value of Object.values(node)) if (typeof value === 'object') walk(value, visit);
  }
}
