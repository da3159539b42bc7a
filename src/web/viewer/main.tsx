// SPDX-License-Identifier: GPL-2.0-or-later
/** Starts the viewer on the page that has a place for it. */
import { render } from 'preact'
import { App } from './app.tsx'
import { placeOf } from './link.ts'
import { Profiles } from './profiles.ts'
import { Session } from './session.ts'
import { settingsOf } from './settings.ts'
import { windowOf } from './window.ts'
import './viewer.css'

const element = document.getElementById('viewer')
if (element !== null) {
  const settings = settingsOf(element)
  const place = placeOf(location)
  const { profiles, refusal } = await Profiles.chosen(settings.profiles)
  const session = new Session(settings, profiles, windowOf(settings, place))
  session.warm()
  if (refusal !== null) session.notify({ tone: 'failed', text: refusal })
  void session.open(place.filter, place.packet)
  element.replaceChildren()
  render(<App session={session} />, element)
}
