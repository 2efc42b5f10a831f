export * from './describe-identity-provider.ts';
export * from './personas.ts';
