export * from './access/access-rules.ts';
export * from './static-tokens.ts';
