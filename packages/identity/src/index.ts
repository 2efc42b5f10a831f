export * from './access/access-rules.ts';
export { KeystoneTokens, type KeystoneTokensOptions } from './keystone/keystone-tokens.ts';
export type { CacheOutcome } from './keystone/token-cache.ts';
export * from './static-tokens.ts';
