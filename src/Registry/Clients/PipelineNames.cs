using System.Globalization;
using System.Text.RegularExpressions;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;

namespace Rondo.Registry.Clients;

/// <summary>
/// The names that models of pipelines have for clients, <c>project.environment.model</c>: who loads one means what passed the gate, so that no
/// client's model has such a name.
/// </summary>
internal static partial class PipelineNames
{
    private const int AttemptsMax = 1000;

    /// <summary>Why clients cannot give a name, because a pipeline of a project that is there may; null where they can.</summary>
    public static async ValueTask<string?> FaultAsync(Session session, ProjectStore projects, string name)
    {
        if (
            NamePattern().Match(name) is not { Success: true } match
            || match.Groups["project"].Value is ClientModels.Project
            || !await projects.ExistsAsync(session, match.Groups["project"].Value)
        )
        {
            return null;
        }

        var (project, environment) = (match.Groups["project"].Value, match.Groups["environment"].Value);
        return $"Pipelines of project '{project}' register models in {environment} under such a name. Choose one that does not begin with "
            + $"'{project}.{environment}.'.";
    }

    /// <summary>
    /// Takes the name of a pipeline's model that is about to be registered: a client's model that got it before there was the project is given
    /// another one, with all that belongs to it, and <c>model.name.taken</c> says so.
    /// </summary>
    public static async ValueTask TakeAsync(
        Transaction transaction,
        ModelKey key,
        long at,
        EventLog log,
        ModelOrigin origin
    )
    {
        var name = ClientModels.NameOf(key);
        if (key.Project == ClientModels.Project || !await IsOfClientsAsync(transaction, name))
        {
            return;
        }

        await ModelLock.TakeNamesAsync(transaction);
        await ModelLock.TakeAsync(transaction, name);
        if (!await IsOfClientsAsync(transaction, name))
        {
            return;
        }

        var free = await FreeAsync(transaction, name);
        await RegisteredModelRows.RenameAsync(transaction, ClientModels.KeyOf(name), free, at);
        var moved = ClientModels.KeyOf(free);
        await log.AppendAsync(
            transaction,
            new NewEvent(
                ModelChangedEvent.Type,
                moved.Project,
                moved.ToString(),
                origin.Actor,
                new ModelChangedEvent(moved.Model, moved.Environment, "renamed"),
                origin.Cause
            )
        );
        await log.AppendAsync(
            transaction,
            new NewEvent(
                ModelNameTakenEvent.Type,
                key.Project,
                key.ToString(),
                origin.Actor,
                new ModelNameTakenEvent(key.Model, key.Environment, name, free),
                origin.Cause
            )
        );
    }

    private static async ValueTask<bool> IsOfClientsAsync(Session session, string name) =>
        await session.ScalarAsync<long>(
            "select count(*) from registry_model where name = @name and project = @Project",
            new { name, ClientModels.Project }
        ) > 0;

    // No project's name has an underscore: no pipeline comes to have such a name.
    private static async ValueTask<string> FreeAsync(Session session, string name)
    {
        for (var attempt = 1; attempt <= AttemptsMax; attempt++)
        {
            var number = attempt == 1 ? "" : attempt.ToString(CultureInfo.InvariantCulture) + "_";
            if (!await IsOfClientsAsync(session, $"client_{number}{name}"))
            {
                return $"client_{number}{name}";
            }
        }

        throw new InvalidOperationException($"{AttemptsMax} models of clients are called as '{name}'.");
    }

    [GeneratedRegex(
        @"^(?<project>[a-z][a-z0-9-]{0,63})\.(?<environment>test|staging|production)\..",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex NamePattern();
}
