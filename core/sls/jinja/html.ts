/** HTML's escapes, as markupsafe writes them. */
const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' };

export function escapeHtml(value: string): string {
  return value.replace(/[&<>'"]/g, (char) => HTML[char] as string);
}
