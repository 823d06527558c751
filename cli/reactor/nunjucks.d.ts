/** What of nunjucks is used here. */
declare module 'nunjucks' {
  class Environment {
    constructor(loader: null, options: { autoescape: boolean; throwOnUndefined: boolean });
    renderString(template: string, context: object): string;
    addFilter(name: string, filter: (text: string) => string): void;
  }
  const nunjucks: { Environment: typeof Environment; parser: { parse(text: string): object } };
  export = nunjucks;
}
