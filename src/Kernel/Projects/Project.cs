namespace Rondo.Kernel.Projects;

/// <summary>The unit of ownership and access; holds everything else.</summary>
public sealed record Project(string Name, DateTimeOffset CreatedAt, string CreatedBy)
{
    /// <summary>The project of the models that MLflow's clients register; there with the first of them. Nothing else is in it.</summary>
    public const string OfClients = "mlflow";
}
