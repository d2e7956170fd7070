// What SuiteScript 2.1 gives every module.
declare function define(modules: string[], factory: (...modules: any[]) => object): void;
declare const log: typeof import('N/log');
