// SPDX-License-Identifier: GPL-2.0-or-later
/** Figures as a person reads them. */

export const grouped = (value: number) => value.toLocaleString('en')
export const mebibytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`
