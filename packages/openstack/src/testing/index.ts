export * from './fake-keystone.ts';
