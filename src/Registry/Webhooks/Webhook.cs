namespace Rondo.Registry.Webhooks;

/// <summary>Somebody who is told what happens to models.</summary>
internal sealed record Webhook
{
    public const string Active = "ACTIVE";
    public const string Disabled = "DISABLED";
    public const string Columns =
        "id, name, description, url, events, status, signed, silences, changes, created_at, updated_at";

    public string Id { get; init; } = "";
    public string Name { get; init; } = "";
    public string? Description { get; init; }
    public string Url { get; init; } = "";

    /// <summary>What is told, as <c>entity.action</c>, with spaces between.</summary>
    public string Events { get; init; } = "";
    public string Status { get; init; } = "";

    /// <summary>1 where a secret signs what is sent.</summary>
    public long Signed { get; init; }

    /// <summary>How often it was changed.</summary>
    public long Changes { get; init; }

    /// <summary>How often in a row it has not taken what it was told.</summary>
    public long Silences { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }

    public bool IsToldOf(WebhookEvent e) => Events.Split(' ').Contains(e.ToString(), StringComparer.Ordinal);
}

/// <summary>What is asked for; null: as it is, or as is usual.</summary>
internal sealed record WebhookWish
{
    public string? Name { get; init; }
    public string? Description { get; init; }
    public string? Url { get; init; }
    public IReadOnlyList<WebhookEvent>? Events { get; init; }
    public string? Secret { get; init; }
    public string? Status { get; init; }
}

/// <summary>Something that may happen to a model, in the words of MLflow.</summary>
internal readonly record struct WebhookEvent(string Entity, string Action)
{
    /// <summary>All that there are. Prompts are models to us.</summary>
    public static IReadOnlyList<WebhookEvent> All { get; } =
    [
        new("registered_model", "created"),
        new("model_version", "created"),
        new("model_version_tag", "set"),
        new("model_version_tag", "deleted"),
        new("model_version_alias", "created"),
        new("model_version_alias", "deleted"),
    ];

    public override string ToString() => $"{Entity}.{Action}";
}

/// <summary>One thing to be told to one webhook.</summary>
internal sealed record WebhookDelivery
{
    public string Id { get; init; } = "";
    public string Webhook { get; init; } = "";
    public string Payload { get; init; } = "";
    public long CreatedAt { get; init; }
    public long Failures { get; init; }
}

/// <summary>What came of telling.</summary>
internal sealed record WebhookOutcome(bool Success, int? Status, string? Body, string? Error);
