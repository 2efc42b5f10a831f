export { HOSTILE, type HostileSample, POLYGLOTS, SAFE, type SafeSample } from './corpus.ts';
export * from './make-others.ts';
export { makeQcow2, type Qcow2Shape } from './make-qcow2.ts';
export { makeDynamicVhd, makeFixedVhd } from './make-vhd.ts';
export { makeVhdx } from './make-vhdx.ts';
export { makeVmdk, vmdkDescriptor } from './make-vmdk.ts';
