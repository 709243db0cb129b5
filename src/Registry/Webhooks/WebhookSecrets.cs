using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Projects;
using Rondo.Registry.Clients;
using Rondo.Secrets;

namespace Rondo.Registry.Webhooks;

/// <summary>The secrets that sign what webhooks are told: sealed among those of the project of clients.</summary>
internal sealed class WebhookSecrets(Database database, SecretStore secrets, ProjectStore projects)
{
    /// <summary>Keeps a secret for a webhook.</summary>
    public async Task SealAsync(string webhook, string secret, Actor actor)
    {
        await database.WriteAsync(async transaction =>
        {
            await projects.EnsureAsync(transaction, ClientModels.Project, actor);
        });
        await secrets.SetAsync(PlaceOf(webhook), secret, actor);
    }

    /// <summary>The secret of a webhook; null where nothing signs.</summary>
    public async Task<string?> OpenAsync(Webhook webhook)
    {
        if (webhook.Signed == 0)
        {
            return null;
        }

        var place = PlaceOf(webhook.Id);
        var uses = await secrets.ResolveAsync(place.Project, ClientModels.Environment, [place.Name]);
        return (await secrets.ValuesAsync(place.Project, [.. uses.Values])).Values.Single();
    }

    /// <summary>Forgets the secret of a webhook.</summary>
    public Task ForgetAsync(string webhook, Actor actor) => secrets.DeleteAsync(PlaceOf(webhook), actor);

    private static SecretPlace PlaceOf(string webhook) => new(ClientModels.Project, "webhook-" + webhook, null);
}
