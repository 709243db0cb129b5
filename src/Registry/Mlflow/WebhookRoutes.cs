using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Webhooks;

namespace Rondo.Registry.Mlflow;

/// <summary>The routes of webhooks.</summary>
internal static class WebhookRoutes
{
    private const int ListDefault = 100;
    private const int ListMax = 1000;
    private const string One = "/webhooks/{webhook}";

    // The numbers of the protocol are the places in these.
    private static readonly string[] s_entities =
    [
        "",
        "registered_model",
        "model_version",
        "model_version_tag",
        "model_version_alias",
        "prompt",
        "prompt_version",
        "prompt_tag",
        "prompt_version_tag",
        "prompt_alias",
        "budget_policy",
    ];

    private static readonly string[] s_actions = ["", "created", "updated", "deleted", "set", "exceeded"];

    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapPost("/webhooks", MlflowHandler.Of<WebhookStore>(CreateAsync))
            .Needs(Permission.ServerOperate, At.Everything);
        routes
            .MapGet("/webhooks", MlflowHandler.Of<WebhookStore>(ListAsync))
            .Needs(Permission.AccessRead, At.Everything);
        routes
            .MapGet(One, MlflowHandler.Of<WebhookStore>(async (store, call) => Of(await store.GetAsync(IdOf(call)))))
            .Needs(Permission.AccessRead, At.Everything);
        routes
            .MapPatch(
                One,
                MlflowHandler.Of<WebhookStore>(
                    async (store, call) => Of(await store.UpdateAsync(IdOf(call), WishOf(call.Fields), call.Actor))
                )
            )
            .Needs(Permission.ServerOperate, At.Everything);
        routes
            .MapDelete(One, MlflowHandler.Do<WebhookStore>((store, call) => store.DeleteAsync(IdOf(call), call.Actor)))
            .Needs(Permission.ServerOperate, At.Everything);
        routes
            .MapPost(One + "/test", MlflowHandler.Of<WebhookSender>(TestAsync))
            .Needs(Permission.ServerOperate, At.Everything);
    }

    private static async Task<object> CreateAsync(WebhookStore store, MlflowCall call)
    {
        call.Fields.Required("name");
        call.Fields.Required("url");
        return Of(await store.CreateAsync(WishOf(call.Fields), call.Actor));
    }

    private static async Task<object> ListAsync(WebhookStore store, MlflowCall call)
    {
        var limit = SearchFields.Limit(call.Fields, ListDefault, ListMax);
        var (items, next) = await store.ListAsync(limit, PageToken.Read(call.Fields.Text("page_token")));
        return new FoundMany(WireLists.OrAbsent<WebhookMessage>([.. items.Select(WebhookMessage.Of)]), next);
    }

    private static async Task<object> TestAsync(WebhookSender sender, MlflowCall call)
    {
        var store = (WebhookStore)call.Context.RequestServices.GetService(typeof(WebhookStore))!;
        var webhook = await store.GetAsync(IdOf(call));
        var asked = call.Fields.Has("event") ? EventOf(call.Fields.Message("event")) : (WebhookEvent?)null;
        var outcome = await sender.TryAsync(
            webhook,
            asked ?? WebhookEvent.All.First(webhook.IsToldOf),
            call.Context.RequestAborted
        );
        return new Tested(new TestResult(outcome.Success, outcome.Status, outcome.Body, outcome.Error));
    }

    private static WebhookWish WishOf(MlflowFields fields) =>
        new()
        {
            Name = fields.Text("name"),
            Description = fields.Text("description"),
            Url = fields.Text("url"),
            Events = fields.Has("events") ? [.. fields.Messages("events").Select(EventOf).Distinct()] : null,
            Secret = fields.Text("secret") is { Length: > 0 } secret ? secret : null,
            Status = fields.Choice<WebhookStatus>("status", status => status.ToString())?.ToString(),
        };

    private static WebhookEvent EventOf(MlflowFields fields)
    {
        var asked = new WebhookEvent(
            fields.Word("entity", s_entities).ToLowerInvariant(),
            fields.Word("action", s_actions).ToLowerInvariant()
        );
        return WebhookEvent.All.Contains(asked)
            ? asked
            : throw Refusal.Value(
                Names.Json(asked.ToString()),
                "events",
                $"Nothing like this happens here. Use one of: {string.Join(", ", WebhookEvent.All)}."
            );
    }

    private static string IdOf(MlflowCall call) => (string)call.Context.Request.RouteValues["webhook"]!;

    private static object Of(Webhook webhook) => new Found(WebhookMessage.Of(webhook));

    // The numbers are those of the protocol.
    private enum WebhookStatus
    {
        ACTIVE = 1,
        DISABLED = 2,
    }

    private sealed record Found(WebhookMessage Webhook);

    private sealed record FoundMany(IReadOnlyList<WebhookMessage>? Webhooks, string? NextPageToken);

    private sealed record Tested(TestResult Result);

    private sealed record TestResult(bool Success, int? ResponseStatus, string? ResponseBody, string? ErrorMessage);

    private sealed record EventMessage(string Entity, string Action);

    private sealed record WebhookMessage(
        string WebhookId,
        string Name,
        string? Description,
        string Url,
        IReadOnlyList<EventMessage> Events,
        string Status,
        long CreationTimestamp,
        long LastUpdatedTimestamp
    )
    {
        public static WebhookMessage Of(Webhook webhook) =>
            new(
                webhook.Id,
                webhook.Name,
                webhook.Description,
                webhook.Url,
                [
                    .. webhook
                        .Events.Split(' ')
                        .Select(e => e.Split('.'))
                        .Select(e => new EventMessage(e[0].ToUpperInvariant(), e[1].ToUpperInvariant())),
                ],
                webhook.Status,
                webhook.CreatedAt,
                webhook.UpdatedAt
            );
    }
}
