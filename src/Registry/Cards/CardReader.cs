using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Registry.Clients;
using Rondo.Registry.Clients.Formats;
using Rondo.Registry.Governance;

namespace Rondo.Registry.Cards;

/// <summary>A card with what is known of one version: nobody has to write that down.</summary>
internal sealed class CardReader(
    CardStore cards,
    ModelRegistry registry,
    ModelGovernance governance,
    ModelFileReader files,
    Database database
)
{
    /// <summary>The newest card of a model; beside it a version, the default one where none is named, if there is one.</summary>
    public async Task<ModelCardView> ReadAsync(ModelKey key, long? version, long? revision, Caller caller)
    {
        var card = await cards.GetAsync(key, revision);
        var number = version ?? await registry.DefaultAsync(key);
        var facts = number is null ? null : await FactsAsync(key, number.Value, caller);
        return facts is null && version is not null
            ? throw await database.ReadAsync(session => ModelRegistry.MissingAsync(session, key, version.Value))
            : new ModelCardView(key.ToString(), card, facts);
    }

    private async Task<VersionFacts?> FactsAsync(ModelKey key, long version, Caller caller)
    {
        if (key.Project != ClientModels.Project)
        {
            return await registry.FindAsync(key.Project, key.Environment, key.Model, version) is { } made
                ? PipelineFacts.Of(made, await governance.HistoryAsync(key, version, caller))
                : null;
        }

        var registered = await database.ReadAsync(session => RegistryReader.FindVersionAsync(session, key, version));
        return registered is { DeletedAt: null }
            ? ClientFacts.Of(
                registered,
                files.Read(registered.Storage),
                await governance.HistoryAsync(key, version, caller)
            )
            : null;
    }
}

/// <summary>A model's card, and the facts of one version; null: the model has none.</summary>
internal sealed record ModelCardView(string Model, CardRevision Card, VersionFacts? Version);
