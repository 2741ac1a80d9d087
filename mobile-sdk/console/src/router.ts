// The pages of the console, each loaded when it is first wanted, and who is let in.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { Action } from './app/rights'
import { loadMe, may, session } from './app/session'

declare module 'vue-router' {
  interface RouteMeta { action?: Action; open?: boolean; own?: boolean }
}

const routes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue'), meta: { open: true } },
  { path: '/second-factor', name: 'second-factor', component: () => import('./pages/SecondFactorPage.vue'), meta: { own: true } },
  // Outside the frame: it is made for paper.
  { path: '/sittings/:id/sheet', name: 'sheet', component: () => import('./pages/sitting/SheetPage.vue'), meta: { action: 'ViewMeetings' } },
  {
    path: '/',
    component: () => import('./shell/AppShell.vue'),
    children: [
      { path: '', name: 'today', component: () => import('./pages/TodayPage.vue') },
      { path: 'meetings', name: 'meetings', component: () => import('./pages/meetings/MeetingsPage.vue'), meta: { action: 'ViewMeetings' } },
      { path: 'meetings/:id', name: 'meeting', component: () => import('./pages/meetings/MeetingPage.vue'), meta: { action: 'ViewMeetings' } },
      { path: 'sittings/:id', name: 'sitting', component: () => import('./pages/sitting/SittingPage.vue'), meta: { action: 'ViewMeetings' } },
      { path: 'sittings/:id/roster', name: 'roster', component: () => import('./pages/sitting/RosterPage.vue'), meta: { action: 'ViewMeetings' } },
      { path: 'leave', name: 'leave', component: () => import('./pages/LeavePage.vue'), meta: { action: 'ViewMeetings' } },
      { path: 'attendance', name: 'attendance', component: () => import('./pages/attendance/AttendancePage.vue'), meta: { action: 'ViewMeetings' } },
      { path: 'certificates', name: 'certificates', component: () => import('./pages/CertificatesPage.vue'), meta: { action: 'IssueCertificates' } },
      { path: 'representatives', name: 'representatives', component: () => import('./pages/representatives/RepresentativesPage.vue'), meta: { action: 'ViewRepresentatives' } },
      { path: 'representatives/import', name: 'import', component: () => import('./pages/representatives/ImportPage.vue'), meta: { action: 'ManageRepresentatives' } },
      { path: 'representatives/:id', name: 'representative', component: () => import('./pages/representatives/RepresentativePage.vue'), meta: { action: 'ViewRepresentatives' } },
      { path: 'proposals', name: 'proposals', component: () => import('./pages/proposals/ProposalsPage.vue'), meta: { action: 'ViewProposals' } },
      { path: 'proposals/:id', name: 'proposal', component: () => import('./pages/proposals/ProposalPage.vue'), meta: { action: 'ViewProposals' } },
      { path: 'structure', name: 'structure', component: () => import('./pages/structure/StructurePage.vue'), meta: { action: 'ViewMeetings' } },
      { path: 'desk', name: 'desk', component: () => import('./pages/desk/InboxPage.vue'), meta: { action: 'HandleProposals' } },
      { path: 'desk/:id/:part', name: 'desk-part', component: () => import('./pages/desk/PartPage.vue'), meta: { action: 'HandleProposals' } },
      { path: 'supervision', name: 'supervision', component: () => import('./pages/desk/SupervisionPage.vue'), meta: { action: 'SuperviseProposals' } },
      { path: 'staff', name: 'staff', component: () => import('./pages/StaffPage.vue'), meta: { action: 'ManageStaff' } },
      { path: 'outbox', name: 'outbox', component: () => import('./pages/OutboxPage.vue'), meta: { action: 'ReadOutbox' } },
      { path: 'audit', name: 'audit', component: () => import('./pages/AuditPage.vue'), meta: { action: 'ReadAudit' } },
      { path: 'account', name: 'account', component: () => import('./pages/AccountPage.vue'), meta: { own: true } },
      { path: ':rest(.*)*', name: 'missing', component: () => import('./pages/MissingPage.vue') }
    ]
  }
]

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 })
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  if (!session.me) {
    try {
      if (!(await loadMe())) return { name: 'login', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
    } catch {
      // No network or an ended session: the log-in page says so when it is tried.
      return { name: 'login', query: { to: to.fullPath } }
    }
  }
  if (session.needsSecondFactor && to.name !== 'second-factor') return { name: 'second-factor', query: { to: to.fullPath } }
  if (to.meta.action && !may(to.meta.action)) return { name: 'today' }
  // Who only handles has nothing but the desk.
  if (to.name === 'today' && may('HandleProposals') && !may('ViewMeetings')) return { name: 'desk' }
  return true
})

// A new version was put on the server while this page was open: its old parts are gone, the new ones come with a reload.
router.onError((error, to) => {
  if (/dynamically imported module|Importing a module script failed|error loading dynamically/i.test(String(error))) location.assign(router.resolve(to).href)
})
