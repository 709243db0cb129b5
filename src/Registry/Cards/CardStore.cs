using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Cards;

/// <summary>The cards of models. Whoever edits one says which revision was read; where another came first, nothing is lost and nothing is overwritten.</summary>
internal sealed class CardStore(Database database, EventLog log, TimeProvider time)
{
    private const int TextCharsMax = 10_000;
    private const int MoreMax = 50;
    private const int RevisionsMax = 1000;
    private static readonly string[] s_risks = ["low", "medium", "high"];

    /// <summary>A revision of a model's card; the newest where none is named.</summary>
    public Task<CardRevision> GetAsync(ModelKey key, long? revision = null) =>
        database.ReadAsync(async session =>
        {
            await RequireModelAsync(session, key);
            return await FindAsync(session, key, revision)
                ?? (
                    revision is null or 0
                        ? new CardRevision(0, new ModelCard(), null, null)
                        : throw new RondoException(
                            ErrorCode.NotFound,
                            $"The card of '{key}' has no revision {revision}.",
                            "Leave the revision out to read the newest."
                        )
                );
        });

    /// <summary>The revisions of a card, newest first.</summary>
    public Task<IReadOnlyList<CardRevision>> ListAsync(ModelKey key) =>
        database.ReadAsync<IReadOnlyList<CardRevision>>(async session =>
        {
            await RequireModelAsync(session, key);
            var rows = await session.QueryAsync<Row>(
                $"select {Row.Columns} from registry_card where {Row.OfModel} order by revision desc limit @RevisionsMax",
                new
                {
                    key.Project,
                    key.Environment,
                    key.Model,
                    RevisionsMax,
                }
            );
            return [.. rows.Select(row => row.ToRevision())];
        });

    /// <summary>Writes the next revision, where <paramref name="basedOn"/> is still the newest.</summary>
    public Task<CardRevision> WriteAsync(ModelKey key, ModelCard card, long basedOn, Actor actor)
    {
        Check(card);
        return database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeAsync(transaction, ClientModels.NameOf(key));
            await RequireModelAsync(transaction, key);
            var newest = await FindAsync(transaction, key, null);
            if ((newest?.Revision ?? 0) != basedOn)
            {
                throw new RondoException(
                    ErrorCode.Conflict,
                    $"{newest?.EditedBy ?? "Somebody"} has edited the card of '{key}' meanwhile: it is at revision {newest?.Revision ?? 0}, not {basedOn}.",
                    "Read it again, and make your change to what is there now."
                );
            }

            var written = new CardRevision(basedOn + 1, card, time.GetUtcNow(), actor.Name);
            await transaction.ExecuteAsync(
                """
                insert into registry_card (project, environment, model, revision, body, edited_at, edited_by)
                values (@Project, @Environment, @Model, @Revision, @body, @at, @by)
                """,
                new
                {
                    key.Project,
                    key.Environment,
                    key.Model,
                    written.Revision,
                    body = JsonSerializer.Serialize(card, RondoJson.Options),
                    at = written.EditedAt!.Value.ToUnixTimeMilliseconds(),
                    by = actor.Name,
                }
            );
            var data = new ModelCardEditedEvent(key.Model, key.Environment, written.Revision);
            await log.AppendAsync(
                transaction,
                new NewEvent(ModelCardEditedEvent.Type, key.Project, key.ToString(), actor, data)
            );
            return written;
        });
    }

    private static void Check(ModelCard card)
    {
        if (card.Unknown?.Keys.FirstOrDefault() is { } unknown)
        {
            throw Invalid(
                $"A model card has no '{unknown}'.",
                "Use owner, intendedUses, outOfScopeUses, risk, riskReason, trainingData, evaluation, fairness, caveats; everything else stands in 'more'."
            );
        }

        if (card.Risk is { } risk && !s_risks.Contains(risk, StringComparer.Ordinal))
        {
            throw Invalid($"'{risk}' is no rating of a risk.", $"Use one of: {string.Join(", ", s_risks)}.");
        }

        string?[] texts =
        [
            card.Owner,
            card.IntendedUses,
            card.OutOfScopeUses,
            card.RiskReason,
            card.TrainingData,
            card.Evaluation,
            card.Fairness,
            card.Caveats,
            .. card.More?.SelectMany(pair => new[] { pair.Key, pair.Value }) ?? [],
        ];
        if (texts.Any(text => text?.Length > TextCharsMax) || card.More?.Count > MoreMax)
        {
            throw Invalid(
                FormattableString.Invariant(
                    $"A text of a model card has at most {TextCharsMax} characters, and 'more' at most {MoreMax} of them."
                ),
                "Keep long reports where they are, and give their address."
            );
        }
    }

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);

    private static async ValueTask RequireModelAsync(Session session, ModelKey key)
    {
        if (await session.ScalarAsync<long>($"select count(*) from registry_model where {Row.OfModel}", key) == 0)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no model '{key}'.",
                $"List what there is: rondo models --project {key.Project}."
            );
        }
    }

    private static async ValueTask<CardRevision?> FindAsync(Session session, ModelKey key, long? revision) =>
        (
            await session.FirstAsync<Row>(
                $"""
                select {Row.Columns} from registry_card
                where {Row.OfModel}{(
                    revision is null ? "" : " and revision = @revision"
                )} order by revision desc limit 1
                """,
                new
                {
                    key.Project,
                    key.Environment,
                    key.Model,
                    revision = revision ?? 0,
                }
            )
        )?.ToRevision();

    private sealed record Row
    {
        public const string Columns = "revision, body, edited_at, edited_by";
        public const string OfModel = "project = @Project and environment = @Environment and model = @Model";

        public long Revision { get; init; }
        public string Body { get; init; } = "";
        public long EditedAt { get; init; }
        public string EditedBy { get; init; } = "";

        public CardRevision ToRevision() =>
            new(
                Revision,
                JsonSerializer.Deserialize<ModelCard>(Body, RondoJson.Options)!,
                DateTimeOffset.FromUnixTimeMilliseconds(EditedAt),
                EditedBy
            );
    }
}
