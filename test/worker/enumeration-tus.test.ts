/** Every call of every resumable upload, with every fault. docs/adr/0008. */
import { everyFaultPoint } from '../support/every-fault-point.ts'
import { RESUMABLE } from '../support/faults-tus.ts'

everyFaultPoint(RESUMABLE)
