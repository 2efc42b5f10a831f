export * from './access/access-rules.ts';
export { type Explanation, explain, type Step } from './access/explain.ts';
export { DEFAULT_LOADED, type LoadedRules, loadRules } from './access/rules-file.ts';
export { KeystoneTokens, type KeystoneTokensOptions } from './keystone/keystone-tokens.ts';
export type { CacheOutcome } from './keystone/token-cache.ts';
export * from './static-tokens.ts';
