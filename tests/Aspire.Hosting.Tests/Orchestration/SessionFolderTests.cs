using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Tests.Orchestration;

public sealed class SessionFolderTests
{
    [Fact]
    public void SweepDead_RemovesFoldersOfRunsThatAreGoneAndNoOthers()
    {
        // No process can have that id: it is above the kernel's limit.
        var dead = Directory.CreateTempSubdirectory("slipway-dcp-999999999-1-");
        var foreign = Directory.CreateTempSubdirectory("slipway-other-");
        var own = DcpSessionFolder.Create();
        try
        {
            DcpSessionFolder.SweepDead();

            Assert.False(Directory.Exists(dead.FullName));
            Assert.True(foreign.Exists);
            Assert.True(Directory.Exists(own));
        }
        finally
        {
            foreign.Delete();
            Directory.Delete(own);
        }
    }

    [Fact]
    public void Connection_IsReadFromACompleteFileOnly()
    {
        const string text = "clusters:\n- cluster:\n    certificate-authority-data: LS0=\n    server: https://127.0.0.1:43125\n";

        Assert.Null(DcpConnection.Parse(text));
        Assert.Null(DcpConnection.Parse(string.Empty));
    }
}
