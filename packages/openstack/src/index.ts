export * from './keystone-client.ts';
export * from './keystone-session.ts';
export type { AccessRule, KeystoneToken } from './keystone-token.ts';
export type { ServiceEndpoint } from './service-catalog.ts';
export * from './token-session.ts';
export * from './token-validator.ts';
