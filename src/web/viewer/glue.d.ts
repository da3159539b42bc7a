// SPDX-License-Identifier: GPL-2.0-or-later
/** What the build (ops/viewer-assets.ts) resolves: the engine's own loader, and style sheets. */
declare module 'wiregasm-glue' {
  export default function load(overrides: {
    locateFile(path: string): string
    getPreloadedPackage(): ArrayBuffer
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object
    print(text: string): void
    printErr(text: string): void
    handleStatus(type: number, text: string): void
  }): Promise<import('./wiregasm.ts').Lib>
}
declare module '*.css'
