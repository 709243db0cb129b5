using Rondo.Kernel.Db;

namespace Rondo.Tracking.Experiments;

/// <summary>Logged models are deleted with their experiment; those that went with it, and no others, come back with it.</summary>
internal static class ExperimentModels
{
    public static async ValueTask DeleteAsync(Transaction transaction, long experiment, long at) =>
        await transaction.ExecuteAsync(
            """
            update tracking_logged_model set lifecycle = 'deleted', with_experiment = 1, updated_at = @at
            where experiment = @experiment and lifecycle = 'active'
            """,
            new { experiment, at }
        );

    public static async ValueTask RestoreAsync(Transaction transaction, long experiment, long at) =>
        await transaction.ExecuteAsync(
            """
            update tracking_logged_model set lifecycle = 'active', with_experiment = 0, updated_at = @at
            where experiment = @experiment and lifecycle = 'deleted' and with_experiment = 1
            """,
            new { experiment, at }
        );
}
