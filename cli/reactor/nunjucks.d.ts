/** What of nunjucks is used here. */
declare module 'nunjucks' {
  class Environment {
    constructor(loader: null, options: { autoescape: boolean; throwOnUndefined: boolean });
    renderString(template: string, context: object): string;
  }
  const nunjucks: { Environment: typeof Environment };
  export = nunjucks;
}
