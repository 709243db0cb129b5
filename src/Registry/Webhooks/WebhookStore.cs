using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Ids;
using Rondo.Mlflow.Wire;

namespace Rondo.Registry.Webhooks;

/// <summary>The webhooks of this server, and what waits to be told to them. A secret goes in, and never comes out but to sign.</summary>
internal sealed class WebhookStore(
    Database database,
    WebhookSecrets secrets,
    WebhookOptions options,
    IdSource ids,
    TimeProvider time
)
{
    private const int NameCharsMax = 500;
    private const int DescriptionCharsMax = 5000;
    private const int WebhooksMax = 1000;

    /// <summary>Makes a webhook.</summary>
    public async Task<Webhook> CreateAsync(WebhookWish wish, Actor actor)
    {
        Check(wish);
        var id = ids.NewUuid();
        if (wish.Secret is { } secret)
        {
            await secrets.SealAsync(id, secret, actor);
        }

        return await database.WriteAsync(async transaction =>
        {
            if (
                await transaction.ScalarAsync<long>("select count(*) from registry_webhook where deleted_at is null")
                >= WebhooksMax
            )
            {
                throw Refusal.Invalid($"There are {WebhooksMax} webhooks already. Delete those that nobody needs.");
            }

            await transaction.ExecuteAsync(
                """
                insert into registry_webhook (id, name, description, url, events, status, signed, created_at, updated_at)
                values (@id, @Name, @Description, @Url, @events, @status, @signed, @at, @at)
                """,
                new
                {
                    id,
                    wish.Name,
                    wish.Description,
                    wish.Url,
                    events = string.Join(' ', wish.Events!),
                    status = wish.Status ?? Webhook.Active,
                    signed = wish.Secret is null ? 0 : 1,
                    at = Now(),
                }
            );
            return await RequireAsync(transaction, id);
        });
    }

    /// <summary>A webhook, or an error that says that there is none.</summary>
    public Task<Webhook> GetAsync(string id) => database.ReadAsync(session => RequireAsync(session, id));

    /// <summary>One page of webhooks, oldest first, and the token of the next.</summary>
    public Task<(IReadOnlyList<Webhook> Items, string? Next)> ListAsync(int limit, PageToken? token)
    {
        var offset = PageToken.RowsBefore(token);
        return database.ReadAsync<(IReadOnlyList<Webhook>, string?)>(async session =>
        {
            var found = await session.QueryAsync<Webhook>(
                $"""
                select {Webhook.Columns} from registry_webhook where deleted_at is null
                order by created_at, id limit @limit offset @offset
                """,
                new { limit = limit + 1L, offset }
            );
            return found.Count > limit
                ? ([.. found.Take(limit)], new PageToken { Offset = offset + limit }.Write())
                : (found, null);
        });
    }

    /// <summary>Changes what is given.</summary>
    public async Task<Webhook> UpdateAsync(string id, WebhookWish wish, Actor actor)
    {
        var known = await GetAsync(id);
        var changed = wish with
        {
            Name = wish.Name ?? known.Name,
            Url = wish.Url ?? known.Url,
            Events = wish.Events ?? Parse(known.Events),
        };
        Check(changed);
        if (wish.Secret is { } secret)
        {
            await secrets.SealAsync(id, secret, actor);
        }

        return await database.WriteAsync(async transaction =>
        {
            await RequireAsync(transaction, id);
            await transaction.ExecuteAsync(
                """
                update registry_webhook set name = coalesce(@Name, name), description = coalesce(@Description, description),
                    url = coalesce(@Url, url), events = coalesce(@events, events), status = coalesce(@Status, status),
                    signed = case when @signed = 1 then 1 else signed end,
                    updated_at = @at, silences = 0, silent_until = 0, changes = changes + 1
                where id = @id
                """,
                new
                {
                    id,
                    wish.Name,
                    wish.Description,
                    wish.Url,
                    events = wish.Events is null ? null : string.Join(' ', wish.Events),
                    wish.Status,
                    signed = wish.Secret is null ? 0 : 1,
                    at = Now(),
                }
            );
            // What waited for it to be mended is told in its order, before what comes now.
            await transaction.ExecuteAsync(
                "update registry_webhook_delivery set next_at = @at, last_error = null where webhook = @id",
                new { id, at = Now() }
            );
            return await RequireAsync(transaction, id);
        });
    }

    /// <summary>Removes a webhook; what still waited to be told to it is not.</summary>
    public async Task DeleteAsync(string id, Actor actor)
    {
        var known = await GetAsync(id);
        await database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync(
                "update registry_webhook set deleted_at = @at where id = @id",
                new { id, at = Now() }
            );
            await transaction.ExecuteAsync("delete from registry_webhook_delivery where webhook = @id", new { id });
        });
        if (known.Signed == 1)
        {
            await secrets.ForgetAsync(id, actor);
        }
    }

    /// <summary>The webhooks that are told of an event, in the caller's transaction.</summary>
    public static async ValueTask<IReadOnlyList<Webhook>> ToldOfAsync(Transaction transaction, WebhookEvent e) =>
        [
            .. (
                await transaction.QueryAsync<Webhook>(
                    $"""
                    select {Webhook.Columns} from registry_webhook
                    where deleted_at is null and status = 'ACTIVE' order by created_at, id limit @WebhooksMax
                    """,
                    new { WebhooksMax }
                )
            ).Where(webhook => webhook.IsToldOf(e)),
        ];

    private static async Task<Webhook> RequireAsync(Session session, string id) =>
        await session.FirstAsync<Webhook>(
            $"select {Webhook.Columns} from registry_webhook where id = @id and deleted_at is null",
            new { id }
        ) ?? throw Refusal.Missing($"Webhook with ID {id} not found.");

    private void Check(WebhookWish wish)
    {
        if (string.IsNullOrWhiteSpace(wish.Name))
        {
            throw Refusal.Value(Names.Json(wish.Name ?? ""), "name", "A webhook has a name.");
        }

        Names.CheckLength(wish.Name, "name", NameCharsMax);
        Names.CheckLength(wish.Description ?? "", "description", DescriptionCharsMax);
        PublicAddresses.Require(wish.Url ?? "", options);
        if (wish.Events is not { Count: > 0 })
        {
            throw Refusal.Value("[]", "events", "Name at least one event.");
        }
    }

    private static IReadOnlyList<WebhookEvent> Parse(string events) =>
        [.. events.Split(' ').Select(text => text.Split('.')).Select(parts => new WebhookEvent(parts[0], parts[1]))];

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
