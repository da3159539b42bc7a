/** What a browser is called in lists of somebody's own: by its User-Agent, as far as that is to be believed. */
import { SIGN_INS } from '../words/account.ts'

/** The first that fits: each of them pretends to be those after it. */
const BROWSERS: [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?Chrom(?:e|ium)\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
]
const SYSTEMS: [RegExp, string][] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

const named = (all: [RegExp, string][], userAgent: string) => all.find(([sign]) => sign.test(userAgent))?.[1]

/** `Firefox on Linux`; what is known of it, where not all is. */
export function browserOf(userAgent: string): string {
  const [browser, system] = [named(BROWSERS, userAgent), named(SYSTEMS, userAgent)]
  if (browser && system) return SIGN_INS.browserOn(browser, system)
  return browser ?? system ?? SIGN_INS.unknownBrowser
}
