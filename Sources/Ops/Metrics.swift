// SPDX-License-Identifier: Apache-2.0

/// Everything the programs count. This list is the manual's list of metrics.
package enum Counter: String, CaseIterable, Sendable {
    case badgesRead = "badges_read_total"
    case badgesRefused = "badges_refused_total"
    case readsBroken = "reads_broken_total"
    case readersPlugged = "readers_plugged_total"
    case sessionsOpened = "sessions_opened_total"
    case agentsConnected = "agents_connected_total"
    case agentsRefused = "agents_refused_total"
    case jobsAccepted = "jobs_accepted_total"
    case jobsRefused = "jobs_refused_total"
    case jobsReleased = "jobs_released_total"
    case jobsPurged = "jobs_purged_total"
    case releasesUnconfirmed = "releases_unconfirmed_total"
    case pagesCharged = "pages_charged_total"
    case documentBytesReceived = "document_bytes_received_total"
    case documentBytesSent = "document_bytes_sent_total"
    case storeCommits = "store_commits_total"
    case storeRequests = "store_requests_total"
    case storeBusy = "store_busy_total"
    case operatorErrors = "operator_errors_total"

    package var help: String {
        switch self {
        case .badgesRead: "Badges and PINs read completely."
        case .badgesRefused: "Reads that opened no session."
        case .readsBroken: "Reads dropped because they were damaged or cut short."
        case .readersPlugged: "Readers opened, replugging included."
        case .sessionsOpened: "Sessions opened at a device."
        case .agentsConnected: "Connections of agents that were welcomed."
        case .agentsRefused: "Connections of agents that were refused."
        case .jobsAccepted: "Jobs received and held."
        case .jobsRefused: "Jobs refused at intake."
        case .jobsReleased: "Jobs released to a device."
        case .jobsPurged: "Jobs removed unclaimed."
        case .releasesUnconfirmed: "Releases whose outcome the printer did not tell."
        case .pagesCharged: "Impressions charged."
        case .documentBytesReceived: "Document bytes received at intake."
        case .documentBytesSent: "Document bytes sent to agents or printers."
        case .storeCommits: "Transactions committed."
        case .storeRequests: "Requests answered by the store."
        case .storeBusy: "Requests refused because the store's queue was full."
        case .operatorErrors: "Records at level error."
        }
    }
}

/// What can go down as well as up.
package enum Gauge: String, CaseIterable, Sendable {
    case jobsHeld = "jobs_held"
    case readersOpen = "readers_open"
    case agentsOnline = "agents_online"
    case intakeConnections = "intake_connections"
    case storeQueue = "store_queue"

    package var help: String {
        switch self {
        case .jobsHeld: "Jobs waiting for their owners."
        case .readersOpen: "Readers in use."
        case .agentsOnline: "Agents connected."
        case .intakeConnections: "Connections at LPD, IPP and raw intake."
        case .storeQueue: "Requests waiting for the store."
        }
    }
}
