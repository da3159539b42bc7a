/** Every call of what works on links and notes, with every fault. docs/adr/0016. */
import { everyFaultPoint } from '../support/every-fault-point.ts'
import { SHARES } from '../support/faults-shares.ts'

everyFaultPoint(SHARES)
