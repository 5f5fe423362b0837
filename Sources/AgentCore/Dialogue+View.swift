// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseWire

/// What a screen shows of it.
extension Dialogue {
    var view: DeskView {
        var view = DeskView(reader: place, stage: stage)
        if case .typing(let entry) = state { view.typed = entry.digits.count }
        view.choices = choices
        guard let session else { return view }
        view.user = session.grant.user
        view.inDoubt = session.grant.terms?.inDoubt ?? 0
        view.documents = session.documents
        view.hasMore = session.hasMore
        (view.isMono, view.sides) = (session.override.isMono, session.override.sides)
        view.account = session.account.map(DeskAccount.init)
        view.needsAccount = session.needsAccount
        view.accounts = session.found?.accounts.map(DeskAccount.init) ?? []
        view.hasMoreAccounts = session.found?.hasMore ?? false
        return view
    }

    private var stage: DeskView.Stage {
        switch state {
        case .asking: .checking
        case .again: .holdAgain
        case .desk: .desk
        case .over: .idle
        case .typing(let entry):
            switch entry.purpose {
            case .pin, .numbersPIN: .pin
            case .newPIN: .newPIN
            case .repeatPIN: .repeatPIN
            case .activation: .activation
            case .number: .number
            case .account: .account
            }
        }
    }

    private var choices: [DeskView.Choice] {
        switch state {
        case .over: return [.login]
        case .asking: return session == nil ? [] : [.logout]
        case .again: return [.logout]
        case .typing(let entry):
            switch entry.purpose {
            case .pin, .newPIN, .repeatPIN: return [.answer, .logout]
            case .activation: return [.answer, .login, .logout]
            case .number, .numbersPIN: return [.login, .logout]
            case .account: return [.logout]
            }
        case .desk: return deskChoices
        }
    }

    private var deskChoices: [DeskView.Choice] {
        let withDocuments: [DeskView.Choice] =
            session?.heldCount ?? 0 > 0 ? [.pick, .release, .delete, .hold, .mono, .sides] : []
        let account: [DeskView.Choice] = session?.hasAccounts == true ? [.account] : []
        let pin: [DeskView.Choice] = session?.grant.terms?.mayChangePIN == true ? [.changePIN] : []
        return [.list] + withDocuments + account + pin + [.logout]
    }
}

extension DeskAccount {
    init(_ line: AccountLine) { self.init(id: line.id, code: line.code, name: line.name) }
}
