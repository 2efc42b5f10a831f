export { CERTIFICATES } from './certificates.ts';
export { fakeServices } from './fake-services.ts';
export { startTestGateway } from './gateway.ts';
