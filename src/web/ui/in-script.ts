/** Data in a page for its islands. */

/** JSON that ends no script element, whatever it says. */
export const inScript = (value: object): string => JSON.stringify(value).replaceAll('<', '\\u003c')
